//! Definitions that are Rust here and C++ in a header.

/// A type that both languages know.
pub(super) trait DeviceType {
    fn declare(field: &str) -> String;
}

impl DeviceType for u32 {
    fn declare(field: &str) -> String {
        format!("unsigned {field}")
    }
}

impl DeviceType for f64 {
    fn declare(field: &str) -> String {
        format!("double {field}")
    }
}

impl<T: DeviceType, const N: usize> DeviceType for [T; N] {
    fn declare(field: &str) -> String {
        format!("{}[{N}]", T::declare(field))
    }
}

macro_rules! constants {
    ($($(#[$about:meta])* $name:ident = $value:literal;)*) => {
        $($(#[$about])* pub const $name: u32 = $value;)*

        fn constants() -> String {
            [$(format!("#define {} {}u\n", stringify!($name), $value)),*].concat()
        }
    };
}

macro_rules! structs {
    ($($(#[$about:meta])* struct $name:ident { $($field:ident: $type:ty,)* })*) => {
        $(
            $(#[$about])*
            #[repr(C)]
            #[derive(Debug, Clone, Copy, PartialEq)]
            pub struct $name {
                $(pub $field: $type,)*
            }

            // SAFETY: numbers and arrays of them; a test sees that there is no padding.
            #[allow(unsafe_code)]
            unsafe impl Plain for $name {}

            impl Default for $name {
                /// Zeros.
                fn default() -> Self {
                    // SAFETY: all bits are values of a plain type.
                    #[allow(unsafe_code)]
                    unsafe { std::mem::zeroed() }
                }
            }

            impl DeviceType for $name {
                fn declare(field: &str) -> String {
                    format!("{} {field}", stringify!($name))
                }
            }
        )*

        fn structs() -> String {
            [$({
                let fields = [$(format!("    {};\n", <$type as DeviceType>::declare(stringify!($field)))),*].concat();
                let size = size_of::<$name>();
                format!("struct {0} {{\n{fields}}};\nstatic_assert(sizeof({0}) == {size}, \"{0}\");\n", stringify!($name))
            }),*].concat()
        }

        #[cfg(test)]
        fn sizes() -> Vec<(&'static str, usize, usize)> {
            vec![$((stringify!($name), size_of::<$name>(), [$(size_of::<$type>()),*].iter().sum())),*]
        }
    };
}

pub(super) use {constants, structs};
