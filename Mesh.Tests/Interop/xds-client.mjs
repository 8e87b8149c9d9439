// Calls a service through xds:/// again and again and prints one JSON line per call. Ends when its input ends.
// usage: node xds-client.mjs <service> <milliseconds between calls>; the bootstrap comes in GRPC_XDS_BOOTSTRAP_CONFIG. With
// TEST_XDS_CREDENTIALS=1 connections are as the control plane says (gRFC A29), and plaintext where it says nothing.
import grpc from '@grpc/grpc-js';
import xds from '@grpc/grpc-js-xds';

xds.register();
const [service, pause] = process.argv.slice(2);
const bytes = value => value;
const Health = grpc.makeGenericClientConstructor({
  check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  },
}, 'Health');
const insecure = grpc.credentials.createInsecure();
const credentials = process.env.TEST_XDS_CREDENTIALS === '1' ? new xds.XdsChannelCredentials(insecure) : insecure;
const client = new Health(`xds:///${service}`, credentials);

function call() {
  const started = Date.now();
  let server = '';
  const running = client.check(Buffer.alloc(0), { deadline: started + 40_000 }, error => {
    console.log(JSON.stringify({
      code: error ? error.code : 0, details: error ? error.details : '', server, milliseconds: Date.now() - started,
    }));
    setTimeout(call, Number(pause));
  });
  running.on('metadata', metadata => { server = String(metadata.get('server')[0] ?? ''); });
}

call();
process.stdin.on('end', () => process.exit(0)).resume();
