// gRPC's own xDS client under the command of the conformance suite: a line of JSON in is a command, a line out its result.
//   {id, op: 'call', service, path, headers, deadline, count, atOnce}   so many calls, at most so many at once
//   {id, op: 'load', service, path, headers, deadline, perSecond, mostUnderWay}   calls until {op: 'stop', of: id}
//   {id, op: 'forget', service}                                         gives its connections up
// Ends when its input ends; the bootstrap comes in GRPC_XDS_BOOTSTRAP_CONFIG.
import readline from 'node:readline';
import grpc from '@grpc/grpc-js';
import xds from '@grpc/grpc-js-xds';

xds.register();
const clients = new Map();
const loads = new Map();
const bytes = value => value;
const answer = (id, calls) => console.log(JSON.stringify({ id, calls }));

function clientOf(service) {
  if (!clients.has(service)) clients.set(service, new grpc.Client(`xds:///${service}`, grpc.credentials.createInsecure()));
  return clients.get(service);
}

function call({ service, path, headers, deadline }) {
  const started = performance.now();
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return new Promise(resolve => {
    const seen = {};
    const running = clientOf(service).makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), metadata, { deadline: Date.now() + deadline }, error => {
      resolve({ code: error ? error.code : 0, details: error ? error.details : '', milliseconds: performance.now() - started, headers: seen });
    });
    running.on('metadata', received => {
      for (const [name, value] of Object.entries(received.getMap())) if (name.startsWith('x-')) seen[name] = String(value);
    });
  });
}

async function calls(command) {
  const results = new Array(command.count);
  let next = 0;
  const worker = async () => {
    while (next < command.count) {
      const index = next++;
      results[index] = await call(command);
    }
  };
  await Promise.all(Array.from({ length: command.atOnce }, worker));
  answer(command.id, results);
}

function load(command) {
  const started = performance.now();
  const results = [];
  let underWay = 0;
  const timer = setInterval(() => {
    const due = Math.floor((performance.now() - started) * command.perSecond / 1000);
    while (results.length < due && underWay < command.mostUnderWay) {
      underWay++;
      results.push(call(command).finally(() => underWay--));
    }
  }, 5);
  loads.set(command.id, async () => {
    clearInterval(timer);
    answer(command.id, await Promise.all(results));
  });
}

readline.createInterface({ input: process.stdin }).on('line', line => {
  const command = JSON.parse(line);
  if (command.op === 'call') calls(command);
  else if (command.op === 'load') load(command);
  else if (command.op === 'stop') loads.get(command.of)();
  else {
    clients.get(command.service)?.close();
    clients.delete(command.service);
    answer(command.id, []);
  }
}).on('close', () => process.exit(0));
