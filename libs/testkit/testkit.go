// Package testkit gives tests the real things: a PostgreSQL database of their own, a NATS server
// with JetStream, and a clock that stands still.
package testkit
