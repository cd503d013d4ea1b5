//! Closed lists of codes as enums with stable names.

/// Defines an enum whose variants have stable names, used alike in requests, the database and the log.
macro_rules! named {
    ($(#[doc = $doc:literal])+ $name:ident {
        $($(#[doc = $value_doc:literal])+ $variant:ident = $text:literal,)+
    }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[doc = $value_doc])+ #[serde(rename = $text)] $variant,)+
        }

        // Written out, because the derive does not see names that a macro hands on, nor say what the values mean.
        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let values = Self::ALL.iter().map(|value| value.name());
                // A line of a doc comment begins with the space that parts it from what stands before.
                let meaning = concat!($($doc,)+ "\n" $(, "\n- `", $text, "`:" $(, $value_doc)+)+);
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(values))
                    .description(Some(meaning.trim_start()))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($name))
            }
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The value of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }
    };
}

pub(crate) use named;
