//! World coordinates: TAN, SIP, TPV and the DSS plate polynomial.
