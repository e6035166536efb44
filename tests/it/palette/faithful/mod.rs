//! Is the fake what it says, and does the contract find what it should? Asked by a client of its own, that may do
//! anything wrong.

mod client;
mod faults;
mod kinds;
mod ordinary;
mod parallel;
mod scopes;
mod switches;
mod violations;
