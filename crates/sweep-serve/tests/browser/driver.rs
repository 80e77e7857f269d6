//! A headless Chromium through its driver, and what it complains about. It knows no pages.

use std::{
    env,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use axum::http::Method;
use fantoccini::{Client, ClientBuilder, wd::WebDriverCompatibleCommand};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use url::{ParseError, Url};

/// A browser with its driver. When it is dropped, both end, also where a test fails.
pub(crate) struct Browser {
    pub(crate) client: Client,
    driver: Driver,
}

/// A driver, which leads a group of processes that its browsers belong to.
struct Driver {
    process: Child,
    /// Unknown until it says so.
    port: String,
}

/// The driver; where there is none, the test is skipped, and says so, unless it is required.
pub(crate) fn chromedriver() -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders)
        .map(|folder| folder.join("chromedriver"))
        .find(|program| program.is_file());
    if found.is_none() {
        let is_required = env::var("SWEEP_BROWSER_TESTS").is_ok_and(|value| value == "required");
        assert!(!is_required, "there is no chromedriver, and SWEEP_BROWSER_TESTS is `required`");
        eprintln!("SKIPPED: there is no chromedriver (Debian: apt-get install chromium chromium-driver)");
    }
    found
}

impl Browser {
    /// Files are saved in `downloads`.
    pub(crate) async fn start(program: &Path, downloads: &Path) -> Self {
        Self::start_with(program, downloads, json!({})).await
    }

    pub(crate) async fn start_without_scripts(program: &Path, downloads: &Path) -> Self {
        let forbidden = json!({ "profile.managed_default_content_settings.javascript": 2 });
        Self::start_with(program, downloads, forbidden).await
    }

    async fn start_with(program: &Path, downloads: &Path, mut preferences: Value) -> Self {
        let driver = Driver::start(program);
        preferences["download.default_directory"] = json!(downloads);
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--window-size=1280,900",
            "--force-prefers-reduced-motion",
        ];
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments, "prefs": preferences },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("it is written so") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://{}", driver.address()))
            .await
            .unwrap();
        Self { client, driver }
    }

    /// What the console of the browser has of errors, those of its security policy included.
    pub(crate) async fn errors(&self) -> Vec<String> {
        let log = self.client.issue_cmd(BrowserLog).await.unwrap();
        let entries = log.as_array().unwrap();
        let is_bad = |entry: &&Value| entry["level"] == "SEVERE" || entry["level"] == "WARNING";
        entries.iter().filter(is_bad).map(|entry| entry["message"].to_string()).collect()
    }

    pub(crate) async fn end(self) {
        self.client.close().await.unwrap();
        drop(self.driver);
    }
}

impl Driver {
    fn start(program: &Path) -> Self {
        let process = Command::new(program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        // From here on a panic ends it.
        let mut driver = Self { process, port: String::new() };
        driver.port = port(&mut driver.process);
        driver
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Asks the driver to end, which ends its browsers first, and removes their profiles.
    fn ask_to_end(&mut self) -> io::Result<()> {
        let mut connection = TcpStream::connect(self.address())?;
        connection.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(
            connection,
            "GET /shutdown HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address()
        )?;
        connection.read_to_end(&mut Vec::new())?;
        for _ in 0..50 {
            if self.process.try_wait()?.is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Whatever is left is killed below.
        let _ = self.ask_to_end();
        let _ = kill_process_group(Pid::from_child(&self.process), Signal::KILL);
        let _ = self.process.wait();
    }
}

/// Chromium's log, which WebDriver has no command for.
#[derive(Debug)]
struct BrowserLog;

impl WebDriverCompatibleCommand for BrowserLog {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

/// The driver takes a port that is free, and says which.
fn port(driver: &mut Child) -> String {
    let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let told = lines.map(Result::unwrap).find_map(|line| {
        Some(line.split_once("started successfully on port ")?.1.trim_end_matches('.').to_owned())
    });
    told.expect("chromedriver says its port")
}
