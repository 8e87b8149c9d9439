// Reads the mesh's events as anybody would: no code of the mesh, only a Kafka client of another maker.
// Usage: node kafka-reader.mjs <bootstrap servers> <topic>; one JSON line a message, until standard input closes.
import { Kafka, logLevel } from "kafkajs";

const [servers, topic] = process.argv.slice(2);
const kafka = new Kafka({ clientId: "interop", brokers: servers.split(","), logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: `interop-${process.pid}`, sessionTimeout: 10_000, maxWaitTimeInMs: 50 });

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  eachMessage: async ({ partition, message }) => {
    const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, value.toString("utf8")]));
    const line = { partition, offset: message.offset, key: message.key.toString("utf8"), headers, value: JSON.parse(message.value.toString("utf8")) };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  },
});
