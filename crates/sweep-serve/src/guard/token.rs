//! The token that is asked for where others can reach the server, and how a browser keeps it. It knows no hosts.

use std::fmt;

use axum::{
    http::{HeaderMap, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use subtle::ConstantTimeEq;
use sweep_job::{hexadecimal, sha256};

use crate::{page::Welcome, parameters::Parameters, problem::Problem};

/// The parameter that brings the token.
const PARAMETER: &str = "token";

/// 256 random bits: who has them may read. A new one at every start.
#[derive(Clone)]
pub struct Token {
    digits: String,
    /// The name of its cookie. Cookies do not tell ports apart: another server on this machine must not take the place of this one's.
    cookie: String,
}

/// The system gives no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers for a token: {0}")]
pub struct TokenError(getrandom::Error);

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    pub fn random() -> Result<Self, TokenError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(TokenError)?;
        Ok(Self::of(hexadecimal(&bytes)))
    }

    fn of(digits: String) -> Self {
        let cookie = format!("sweep_{}", &sha256(digits.as_bytes())[..8]);
        Self { digits, cookie }
    }

    /// `token=...`, for the query of an address.
    pub fn query(&self) -> String {
        format!("{PARAMETER}={}", self.digits)
    }

    /// Whether a browser's cookie or a program's `Authorization: Bearer` has it.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        let texts = |name| headers.get_all(name).iter().filter_map(|value: &HeaderValue| value.to_str().ok());
        let mut cookies = texts(header::COOKIE)
            .flat_map(|text| text.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='));
        let mut bearers = texts(header::AUTHORIZATION).filter_map(|text| text.strip_prefix("Bearer "));
        cookies.any(|(name, value)| name == self.cookie && self.is(value))
            || bearers.any(|given| self.is(given))
    }

    /// Keeps the token that the address has in a cookie, and sends the browser on to the same address without it.
    ///
    /// The page that does so is one of this site: a browser that comes by a link from elsewhere sends a cookie with `SameSite=Strict`
    /// only from then on, and after a plain redirect not.
    ///
    /// # Errors
    /// Where the address has none, or another.
    pub(super) fn welcome(&self, uri: &Uri) -> Result<Response, Problem> {
        let parameters = Parameters::of(uri.query());
        match parameters.one(PARAMETER) {
            None => return Err(Problem::no_token()),
            Some(given) if !self.is(given) => return Err(Problem::wrong_token()),
            Some(_) => {}
        }
        let query = parameters.without(&[PARAMETER]).query();
        let mut address = uri.path().to_owned();
        if !query.is_empty() {
            address = format!("{address}?{query}");
        }
        // `//host` would lead to another host.
        let mut response = Welcome::to(&format!("/{}", address.trim_start_matches('/'))).into_response();
        let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie, self.digits);
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }

    /// The time that it takes says nothing of how much is right.
    fn is(&self, given: &str) -> bool {
        given.as_bytes().ct_eq(self.digits.as_bytes()).into()
    }
}

/// It must not get into a log by mistake.
impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_token_is_random_and_kept_to_itself() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        assert_eq!(one.digits.len(), 64);
        assert_ne!(one.digits, other.digits);
        assert_ne!(one.cookie, other.cookie);
        assert!(!format!("{one:?}").contains(&one.digits));
    }

    #[test]
    fn the_cookie_or_the_header_must_have_all_of_it() {
        let token = Token::of("ab".repeat(32));
        let cookie = |value: &str| with(header::COOKIE, &format!("a=b; {}={value}; c=d", token.cookie));
        assert!(token.is_in(&cookie(&"ab".repeat(32))));
        assert!(token.is_in(&with(header::AUTHORIZATION, &format!("Bearer {}", "ab".repeat(32)))));
        for wrong in ["", "ab", &"ab".repeat(33), &"ac".repeat(32)] {
            assert!(!token.is_in(&cookie(wrong)), "{wrong}");
        }
        assert!(!token.is_in(&with(header::COOKIE, &format!("sweep_other={}", "ab".repeat(32)))));
        assert!(!token.is_in(&HeaderMap::new()));
    }
}
