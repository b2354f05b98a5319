package doctor

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Limits of what is usual.
const (
	clockOdd, clockBad     = 500 * time.Millisecond, 5 * time.Second
	outboxOdd, outboxBad   = 10 * time.Second, 5 * time.Minute
	transactionOdd         = 5 * time.Minute
	transactionBad         = time.Hour
	connectionsOdd         = 0.8
	connectionsBad         = 0.95
	oldestPostgres         = 150000 // as server_version_num says it
	deadLettersOdd         = 1
	deadLettersBad         = 100
	parkedOdd, parkedBad   = 100, 10000
	percent                = 100
	schedulesOdd, schedBad = 2, 10
)

// Database looks at a service's database, as the service sees it.
func Database(ctx context.Context, service string, db *postgres.DB, now func() time.Time) []Finding {
	d := database{db, now}
	return run(ctx, service, []look{
		{fault.Text{En: "database answers", Zh: "数据库可访问"}, fault.Text{
			En: "Start PostgreSQL; check GUANXI_DATABASE_URL, the password file and the network.", Zh: "启动 PostgreSQL；检查 GUANXI_DATABASE_URL、口令文件与网络。",
		}, d.version},
		{fault.Text{En: "acknowledged means stored", Zh: "确认即已落盘"}, fault.Text{
			En: "Set fsync, full_page_writes and synchronous_commit to on: without them acknowledged data is lost when power fails.", Zh: "将 fsync、full_page_writes、synchronous_commit 设为 on，否则断电会丢失已确认的数据。",
		}, d.durable},
		{fault.Text{En: "clocks agree", Zh: "时钟一致"}, fault.Text{
			En: "Have both machines take their time from the same source (chrony, ntpd).", Zh: "让两台机器使用同一时间源（chrony、ntpd）。",
		}, d.clock},
		{fault.Text{En: "connections are left", Zh: "连接数充足"}, fault.Text{
			En: "Raise max_connections, or lower GUANXI_DATABASE_MAX_CONNS of the services.", Zh: "提高 max_connections，或降低各服务的 GUANXI_DATABASE_MAX_CONNS。",
		}, d.connections},
		{fault.Text{En: "no transaction stays open", Zh: "无长事务"}, fault.Text{
			En: "Find it in pg_stat_activity and end it: dead rows cannot be removed as long as it is open.", Zh: "在 pg_stat_activity 中找到并结束它：长事务会阻止清理。",
		}, d.longest},
		{fault.Text{En: "events leave the outbox", Zh: "事件及时发布"}, fault.Text{
			En: "Is the service running, and does it reach NATS? Is the stream full (GUANXI_STREAM_MAX_BYTES, the disk)? What waits is not lost.", Zh: "服务是否运行、能否连接 NATS？流或磁盘是否已满？等待中的事件不会丢失。",
		}, d.outbox},
		{fault.Text{En: "no dead letters", Zh: "无死信"}, fault.Text{
			En: "guanxi events dlq list tells why; mend the cause, then guanxi events dlq replay NUMBER.", Zh: "guanxi events dlq list 查看原因；修复后执行 guanxi events dlq replay。",
		}, d.deadLetters},
		{fault.Text{En: "events are not parked", Zh: "无积压的暂存事件"}, fault.Text{
			En: "Parked events wait for a predecessor or another attempt: look for errors of the consumer in the service's log.", Zh: "暂存事件在等待前序事件或重试：查看该消费者的日志错误。",
		}, d.parked},
		{fault.Text{En: "scheduled work succeeds", Zh: "定时任务正常"}, fault.Text{
			En: "The error is in table schedules; it is tried again by itself once the cause is gone.", Zh: "错误记录在 schedules 表；原因消除后会自动重试。",
		}, d.schedules},
	})
}

type database struct {
	db  *postgres.DB
	now func() time.Time
}

func (d database) version(ctx context.Context) (State, string, error) {
	var v struct {
		Number int    `db:"number"`
		Text   string `db:"text"`
	}
	err := d.db.Get(ctx, &v, `select current_setting('server_version_num')::int as number, current_setting('server_version') as text`)
	if v.Number < oldestPostgres {
		return Bad, "PostgreSQL " + v.Text, err
	}
	return Good, "PostgreSQL " + v.Text, err
}

func (d database) durable(ctx context.Context) (State, string, error) {
	var off string
	err := d.db.Get(ctx, &off, `select coalesce(string_agg(name || ' = ' || setting, ', '), '') from pg_settings
		where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting in ('off', 'local') and not (name = 'synchronous_commit' and setting = 'local')`)
	if off != "" {
		return Bad, off, err
	}
	return Good, "fsync, full_page_writes, synchronous_commit", err
}

func (d database) clock(ctx context.Context) (State, string, error) {
	var theirs time.Time
	before := d.now()
	if err := d.db.Get(ctx, &theirs, `select clock_timestamp()`); err != nil {
		return Bad, "", err
	}
	after := d.now()
	apart := max(before.Sub(theirs), theirs.Sub(after), 0) // what the question took is no difference
	return graded(apart, clockOdd, clockBad), seconds(apart), nil
}

func (d database) connections(ctx context.Context) (State, string, error) {
	var share float64
	err := d.db.Get(ctx, &share, `select count(*) / current_setting('max_connections')::float from pg_stat_activity where backend_type = 'client backend'`)
	return graded(share, connectionsOdd, connectionsBad), fmt.Sprintf("%.0f %%", share*percent), err
}

func (d database) longest(ctx context.Context) (State, string, error) {
	var age float64
	err := d.db.Get(ctx, &age, `select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float from pg_stat_activity
		where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`)
	took := time.Duration(age * float64(time.Second))
	return graded(took, transactionOdd, transactionBad), seconds(took), err
}

func (d database) outbox(ctx context.Context) (State, string, error) {
	var age float64
	err := d.db.Get(ctx, &age, `select coalesce(extract(epoch from clock_timestamp() - min(occur_time)), 0)::float
		from (select occur_time from outbox where published_at is null order by id limit 1) o`)
	oldest := time.Duration(age * float64(time.Second))
	return graded(oldest, outboxOdd, outboxBad), seconds(oldest), err
}

func (d database) deadLetters(ctx context.Context) (State, string, error) {
	return d.count(ctx, `select count(*) from (select from dead_letters limit 100000) l`, deadLettersOdd, deadLettersBad)
}

func (d database) parked(ctx context.Context) (State, string, error) {
	return d.count(ctx, `select count(*) from (select from parked limit 100000) p`, parkedOdd, parkedBad)
}

func (d database) schedules(ctx context.Context) (State, string, error) {
	return d.count(ctx, `select coalesce(max(attempts), 0) from schedules`, schedulesOdd, schedBad)
}

func (d database) count(ctx context.Context, query string, odd, bad int64) (State, string, error) {
	var n int64
	err := d.db.GetDynamic(ctx, &n, query)
	return graded(n, odd, bad), strconv.FormatInt(n, 10), err
}
