//! The services that are asked: their names and where they live.

/// A service of an archive. Configuration, cache and manifests know its name; its address is a matter of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Cutouts of the Digitized Sky Survey at STScI.
    StsciDss,
    /// Whole plates of the Digitized Sky Survey at IRSA.
    IrsaDss,
    /// Resampled cutouts of SkyView.
    SkyView,
    /// Catalogues of VizieR (asu-tsv).
    Vizier,
    /// Catalogues of VizieR (TAP).
    VizierTap,
    /// The CDS X-Match service.
    CdsXmatch,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::StsciDss, Self::IrsaDss, Self::SkyView, Self::Vizier, Self::VizierTap, Self::CdsXmatch];

    /// The name in configuration, cache and manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StsciDss => "stsci-dss",
            Self::IrsaDss => "irsa-dss",
            Self::SkyView => "skyview",
            Self::Vizier => "vizier",
            Self::VizierTap => "vizier-tap",
            Self::CdsXmatch => "cds-xmatch",
        }
    }

    /// The service of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }

    /// Where it lives, without the path of its program; `--service NAME=URL` replaces it.
    pub const fn default_address(self) -> &'static str {
        match self {
            Self::StsciDss => "https://archive.stsci.edu",
            Self::IrsaDss => "https://irsa.ipac.caltech.edu",
            Self::SkyView => "https://skyview.gsfc.nasa.gov",
            Self::Vizier => "https://vizier.cds.unistra.fr",
            Self::VizierTap => "https://tapvizier.cds.unistra.fr",
            Self::CdsXmatch => "http://cdsxmatch.u-strasbg.fr",
        }
    }
}

impl std::fmt::Display for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
