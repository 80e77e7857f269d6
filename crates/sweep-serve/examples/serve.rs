//! The server by itself: `cargo run -p sweep-serve --example serve -- DATABASE [PORT [HOST]]`.

use std::{error::Error, path::PathBuf};

use sweep_serve::{ServeOptions, serve};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let database = PathBuf::from(arguments.next().ok_or("name a database")?);
    let port = arguments.next().map_or(Ok(8080), |port| port.parse())?;
    let host = arguments.next().unwrap_or_else(|| "127.0.0.1".to_owned());
    serve(&ServeOptions { database: (&database).into(), host, port }, |announcement| {
        println!("{}", announcement.url)
    })?;
    Ok(())
}
