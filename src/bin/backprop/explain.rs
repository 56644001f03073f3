use crate::options::Explain;
use crate::print::Failure;
impl Explain {
    pub fn run(&self) -> Result<(), Failure> {
        Err("not yet".into())
    }
}
