//! The values of `--device`.

use std::str::FromStr;

use sweep_job::DeviceChoice;

/// The devices that the user wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeviceRequest {
    /// All GPUs that can be used, otherwise the CPU.
    Auto,
    /// This one.
    One(DeviceChoice),
    /// All GPUs that can be used.
    AllGpus,
}

impl FromStr for DeviceRequest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cuda:all" => Ok(Self::AllGpus),
            _ => {
                text.parse().map(Self::One).map_err(|_| "use auto, cpu, cuda, cuda:N or cuda:all".to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_devices_are_read() {
        let read = |text: &str| text.parse::<DeviceRequest>();
        assert_eq!(read("auto"), Ok(DeviceRequest::Auto));
        assert_eq!(read("cpu"), Ok(DeviceRequest::One(DeviceChoice::Cpu)));
        assert_eq!(read("cuda"), Ok(DeviceRequest::One(DeviceChoice::Cuda(0))));
        assert_eq!(read("cuda:3"), Ok(DeviceRequest::One(DeviceChoice::Cuda(3))));
        assert_eq!(read("cuda:all"), Ok(DeviceRequest::AllGpus));
        for wrong in ["", "gpu", "cuda:", "cuda:-1", "cuda:+1", "cuda:1,2", "cuda:ALL", "CPU", "cuda: 1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
