//! The server: listens, limits its connections, and ends in order. It knows no pages.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use hyper_util::server::graceful::GracefulShutdown;
use sweep_store::Location;
use tokio::{
    net::{TcpListener, TcpSocket, lookup_host},
    sync::Semaphore,
    time::{sleep, timeout},
};

use crate::{
    connection::connection,
    guard::{Access, HostName, Token, TokenError},
    shutdown::signals,
    site::Site,
};

/// Bytes of an answer that the system keeps for a client. It reports room once a third of them is gone, so a client that reads some
/// kilobytes a second is never taken for one that reads nothing.
const SEND_BUFFER: u32 = 128 << 10;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;
/// Answers that are under way at the end have so long.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// How many clients are served at the same time, and for how long one that reads nothing.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Open connections; others wait. A browser opens up to six.
    connections: usize,
    /// A connection is closed once its client has taken nothing of an answer for so long.
    stall: Duration,
}

const LIMITS: Limits = Limits { connections: 256, stall: Duration::from_secs(30) };

/// What to serve, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeOptions {
    /// The results database.
    pub database: Location,
    /// The address or name to listen on. Anything but a loopback address asks for a token.
    pub host: String,
    /// The port; 0 takes one that is free.
    pub port: u16,
}

/// What a server that listens has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Where it listens.
    pub address: SocketAddr,
    /// What to open in a browser, with the token where there is one.
    pub url: String,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address or name means nothing.
    #[error("cannot listen on `{host}`: {source}")]
    Host {
        /// As it was given.
        host: String,
        /// Why.
        source: io::Error,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// There is no token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The system refuses what every server needs.
    #[error("cannot serve: {0}")]
    System(#[from] io::Error),
}

/// Serves until Ctrl-C. `announce` is told once where it listens.
///
/// # Errors
/// Where it cannot begin. A database that cannot be read is no error: its pages say so, and it may come.
pub fn serve(options: &ServeOptions, announce: impl FnOnce(&Announcement)) -> Result<(), ServeError> {
    // One thread is enough for words; reading has threads of its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let stop = signals()?;
        let listener = listen(options).await?;
        let address = listener.local_addr()?;
        let (access, query) = access(options, address.ip())?;
        announce(&Announcement { address, url: format!("http://{}/{query}", shown(options, address)) });
        let site = Site::new(options.database.clone(), access);
        let answering = accept(listener, site.router(), LIMITS, stop).await;
        site.close();
        let _ = timeout(LAST_ANSWERS, answering.shutdown()).await;
        Ok(())
    });
    // Dropping the runtime would wait for threads that read; they may be waiting for a lock.
    runtime.shutdown_background();
    served
}

async fn listen(options: &ServeOptions) -> Result<TcpListener, ServeError> {
    let host = || options.host.clone();
    let mut addresses = lookup_host((options.host.as_str(), options.port))
        .await
        .map_err(|source| ServeError::Host { host: host(), source })?;
    let address = addresses.next().ok_or_else(|| ServeError::Host {
        host: host(),
        source: io::Error::new(io::ErrorKind::NotFound, "it has no address"),
    })?;
    bind(address).map_err(|source| ServeError::Listen { address, source })
}

/// As [`TcpListener::bind`], with a bounded buffer for what is sent, which every connection inherits.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Who may see it, and what the address needs for that.
fn access(options: &ServeOptions, address: IpAddr) -> Result<(Access, String), TokenError> {
    if address.is_loopback() {
        return Ok((Access::of_this_machine(), String::new()));
    }
    let token = Token::random()?;
    let query = format!("?{}", token.query());
    Ok((Access::with_token(token, address, HostName(options.host.clone())), query))
}

/// What a browser calls the server: every address of the machine is none that can be opened.
fn shown(options: &ServeOptions, address: SocketAddr) -> String {
    let port = address.port();
    if address.ip().is_unspecified() {
        return format!("{}:{port}", gethostname::gethostname().to_string_lossy());
    }
    match options.host.parse::<IpAddr>() {
        Ok(_) => address.to_string(),
        Err(_) => format!("{}:{port}", options.host),
    }
}

/// Lets connections in until `stop`, and gives those that are still open.
async fn accept(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> GracefulShutdown {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let served = graceful.watch(connection(stream, router.clone(), limits.stall));
                tokio::spawn(async move {
                    // An error is a browser that went away, or one that was too slow.
                    let _ = served.await;
                    drop(place);
                });
            }
            // Too many open files, say: that passes.
            Err(error) => {
                tracing::warn!("a connection was not taken: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    graceful
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use std::{future::pending, net::Ipv4Addr};

    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
    };

    use super::*;

    /// More than all buffers between the server and a client hold.
    const LARGE: usize = 24 << 20;
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

    /// A server whose every answer is large.
    async fn server(limits: Limits) -> SocketAddr {
        let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || vec![b'.'; LARGE]));
        tokio::spawn(accept(listener, router, limits, pending()));
        address
    }

    async fn asks(address: SocketAddr, request: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        stream
    }

    #[tokio::test]
    async fn clients_that_read_nothing_make_room_for_others() {
        let address = server(Limits { connections: 4, stall: Duration::from_millis(300) }).await;
        let mut silent = Vec::new();
        for number in 0..4 {
            // Some ask once, others for much more than one answer.
            silent.push(asks(address, &REQUEST.repeat(1 + number % 2 * 300)).await);
        }
        let answer = async {
            let mut stream = asks(address, REQUEST).await;
            stream.read_u8().await.unwrap()
        };
        assert_eq!(timeout(Duration::from_secs(20), answer).await, Ok(b'H'));
        drop(silent);
    }

    #[tokio::test]
    async fn a_client_that_reads_slowly_gets_all_of_a_large_page() {
        let stall = Duration::from_millis(500);
        let address = server(Limits { connections: 1, stall }).await;
        let mut stream = asks(address, REQUEST).await;
        let (mut part, mut bytes) = (vec![0; 400 << 10], 0);
        let begin = std::time::Instant::now();
        while bytes < LARGE {
            sleep(Duration::from_millis(25)).await;
            let read = stream.read(&mut part).await.unwrap();
            assert!(read > 0, "the connection ended after {bytes} bytes");
            bytes += read;
        }
        assert!(begin.elapsed() > 2 * stall, "it was not slow");
    }
}
