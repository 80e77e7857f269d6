//! The server: listens, lets only so many in, leaves those who are too slow, and ends in order. It knows no pages.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulConnection, GracefulShutdown},
    service::TowerToHyperService,
};
use sweep_store::Location;
use tokio::{
    net::{TcpListener, TcpStream, lookup_host},
    sync::Semaphore,
    time::{sleep, timeout},
};

use crate::{
    guard::{Access, HostName, Token, TokenError},
    shutdown::signals,
    site::Site,
};

/// So many connections are open at the same time; others wait. A browser opens up to six.
const MOST_CONNECTIONS: usize = 256;
/// A request that has not come in full by then is left, and so is a connection without one.
const LONGEST_REQUEST: Duration = Duration::from_secs(20);
/// Bytes of the head of a request: more than any browser sends.
const LARGEST_HEAD: usize = 32 << 10;
/// Answers that are under way at the end have so long.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

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
        accept(listener, &site, stop).await;
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
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })
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

/// Lets connections in until `stop`, and then gives answers that are under way a moment.
async fn accept(listener: TcpListener, site: &Arc<Site>, stop: impl Future<Output = ()>) {
    let router = site.router();
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
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
                let served = graceful.watch(connection(stream, router.clone()));
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
    drop(listener);
    site.close();
    let _ = timeout(LAST_ANSWERS, graceful.shutdown()).await;
}

/// One after another the answers to what comes through `stream`.
fn connection(stream: TcpStream, router: Router) -> impl GracefulConnection<Error = hyper::Error> {
    // Without this, a small answer waits for the next one; where the system refuses, it does.
    let _ = stream.set_nodelay(true);
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(LONGEST_REQUEST)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
}
