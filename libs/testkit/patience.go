package testkit

import "time"

// Patience is how long a test waits for what must come. Only a test that fails waits for all of it, so it is meant for the slowest machine with everything else on it; it is less than
// the minute and a half after which the broker delivers again, since an event that came so late was lost on its way.
const Patience = time.Minute
