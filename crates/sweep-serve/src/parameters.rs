//! The parameters of an address: names with values, in their order, a name as often as it is given. They mean nothing here.

/// What stands behind the `?` of an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn of(query: Option<&str>) -> Self {
        Self(form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// The first value of a name that is not empty: forms send empty fields too.
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values of a name that are not empty.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(key, _)| !names.contains(&key.as_str())).cloned().collect())
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// As text that can stand behind a `?`; empty where there are none.
    pub(crate) fn query(&self) -> String {
        let told = self.0.iter().filter(|(_, value)| !value.is_empty());
        form_urlencoded::Serializer::new(String::new()).extend_pairs(told).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_come_again_and_values_may_hold_anything() {
        let parameters = Parameters::of(Some("job=a&where=x+%3D+%27%26%27&job=b&empty=&job="));
        assert_eq!(parameters.all("job").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(parameters.one("where"), Some("x = '&'"));
        assert_eq!(parameters.one("empty"), None);
        assert_eq!(parameters.without(&["job"]).with("page", "2").query(), "where=x+%3D+%27%26%27&page=2");
        assert_eq!(Parameters::of(None), Parameters::default());
    }
}
