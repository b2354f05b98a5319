package localpg

import "strconv"

// settings are the server's command line. They are given at every start, so that a new version of
// ours brings its own along; what is not named here can be changed by `alter system`.
func settings(port int, fast bool) []string {
	common := []string{
		"listen_addresses=" + host,
		"port=" + strconv.Itoa(port),
		"unix_socket_directories=",
		"max_connections=200",
		"password_encryption=scram-sha-256",
		"logging_collector=off", // the log is a file of ours, handed over as the output
		"log_destination=stderr",
		"log_line_prefix=%m [%p] %a %d ",
		"log_timezone=UTC",
		"timezone=UTC",
		"jit=off", // compiling costs more than our queries
		"random_page_cost=1.1",
	}
	if fast {
		return flags(append(common, forTests...))
	}
	return flags(append(common, durable...))
}

var durable = []string{
	"fsync=on",
	"synchronous_commit=on",
	"full_page_writes=on",
	"wal_compression=on",
	"shared_buffers=256MB",
	"effective_cache_size=1GB",
	"work_mem=16MB",
	"maintenance_work_mem=128MB",
	"min_wal_size=256MB",
	"max_wal_size=2GB",
	"checkpoint_timeout=15min",
	"checkpoint_completion_target=0.9",
	"log_checkpoints=off",
	"log_min_duration_statement=5s",
}

var forTests = []string{
	"max_connections=600", // of all services of several products at once
	"fsync=off",
	"synchronous_commit=off",
	"full_page_writes=off",
	"wal_level=minimal",
	"max_wal_senders=0",
	"max_wal_size=512MB",
	"checkpoint_timeout=1h",
	"shared_buffers=128MB",
	"autovacuum=off",
}

func flags(values []string) []string {
	var args []string
	for _, value := range values {
		args = append(args, "-c", value)
	}
	return args
}
