// The same in C, with the library libnats (Debian: libnats-dev). It takes what subscriber.json says as arguments:
//
//	cc -o subscriber subscriber.c -lnats
//	./subscriber tls://127.0.0.1:4222 GUANXI subscriber-billing _INBOX_billing nats.creds ca.crt
//
// A fourth of what main.go shows: fetch, handle, acknowledge. What was seen before is told by the headers ce-partitionkey and ce-sequence.
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>

static void check(natsStatus status, const char *what) {
	if (status == NATS_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, nats_GetLastError(NULL) ? nats_GetLastError(NULL) : natsStatus_GetText(status));
	exit(1);
}

int main(int argc, char **argv) {
	if (argc < 7) {
		fprintf(stderr, "usage: subscriber URL STREAM DURABLE INBOX CREDENTIALS CA [COUNT]\n");
		return 2;
	}
	long left = argc > 7 ? atol(argv[7]) : -1;
	natsOptions *options = NULL;
	natsConnection *conn = NULL;
	jsCtx *js = NULL;
	natsSubscription *subscription = NULL;
	check(natsOptions_Create(&options), "options");
	check(natsOptions_SetURL(options, argv[1]), "address");
	check(natsOptions_SetCustomInboxPrefix(options, argv[4]), "inbox");
	check(natsOptions_SetUserCredentialsFromFiles(options, argv[5], NULL), "credentials");
	check(natsOptions_SetSecure(options, true), "TLS");
	check(natsOptions_LoadCATrustedCertificates(options, argv[6]), "certificates");
	check(natsConnection_Connect(&conn, options), "connecting");
	check(natsConnection_JetStream(&js, conn, NULL), "stream");

	jsSubOptions bound;
	check(jsSubOptions_Init(&bound), "subscription");
	bound.Stream = argv[2];
	bound.Consumer = argv[3];
	bound.ManualAck = true;
	check(js_PullSubscribe(&subscription, js, NULL, argv[3], NULL, &bound, NULL), "subscribing");
	while (left != 0) {
		natsMsgList list = {0};
		natsStatus status = natsSubscription_Fetch(&list, subscription, 10, 5000, NULL);
		if (status != NATS_OK && status != NATS_TIMEOUT)
			check(status, "fetching");
		for (int i = 0; i < list.Count && left != 0; i++) {
			const char *key = "", *version = "";
			natsMsgHeader_Get(list.Msgs[i], "ce-partitionkey", &key);
			natsMsgHeader_Get(list.Msgs[i], "ce-sequence", &version);
			printf("%s %s #%lld %.*s\n", natsMsg_GetSubject(list.Msgs[i]), key, atoll(version), natsMsg_GetDataLength(list.Msgs[i]), natsMsg_GetData(list.Msgs[i]));
			fflush(stdout);
			check(natsMsg_AckSync(list.Msgs[i], NULL, NULL), "acknowledging");
			if (left > 0)
				left--;
		}
		natsMsgList_Destroy(&list);
	}
	return 0;
}
