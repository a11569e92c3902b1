/**
 * What a test that uses testcontainers does. It runs in the network of the engine's machine, as such a test runs beside its
 * daemon, and prints what it has seen as JSON.
 */
import { join } from 'node:path';
import { GenericContainer, Network, Wait } from 'testcontainers';

const seen: Record<string, unknown> = {};
const network = await new Network().start();

// A server with a file of its own, on a port that is free.
const server = await new GenericContainer('busybox:latest')
  .withNetwork(network)
  .withNetworkAliases('web')
  .withExposedPorts(80)
  .withEnvironment({ COLOUR: 'red' })
  .withCopyContentToContainer([{ content: 'copied before the start', target: '/www/index.html' }])
  .withCommand(['sh', '-c', 'echo ready; exec httpd -f -h /www'])
  .withWaitStrategy(Wait.forAll([Wait.forLogMessage('ready'), Wait.forListeningPorts()]))
  .start();
const fetchPage = async () => {
  const response = await fetch(`http://${server.getHost()}:${server.getMappedPort(80)}/`);
  return await response.text();
};
seen['page'] = await fetchPage();
const { stdout, stderr, exitCode } = await server.exec([
  'sh',
  '-c',
  'echo $COLOUR; echo problem >&2; exit 3',
]);
seen['exec'] = { stdout, stderr, exitCode };
seen['logs'] = await new Promise((resolve, reject) => {
  // The library does not keep the program alive for the sake of logs.
  const timer = setTimeout(() => reject(new Error('no logs')), 20_000);
  server.logs().then((logs) =>
    logs.once('data', (line) => {
      clearTimeout(timer);
      resolve(String(line));
    }),
  );
});

// A neighbour that is waited for by its health.
const neighbour = await new GenericContainer('busybox:latest')
  .withNetwork(network)
  .withCommand(['sleep', '1000'])
  .withHealthCheck({ test: ['CMD', 'true'], interval: 500, timeout: 1000, retries: 3, startPeriod: 0 })
  .withWaitStrategy(Wait.forHealthCheck())
  .start();
seen['by name'] = (await neighbour.exec(['wget', '-q', '-O', '-', 'http://web/'])).stdout;

// An image that is built, and a command that ends by itself.
const image = await GenericContainer.fromDockerfile(join(import.meta.dirname, 'context')).build(
  'shop/built:1',
  {
    deleteOnExit: false,
  },
);
const command = await image
  .withCommand(['grep', '-q', 'built', '/file'])
  .withWaitStrategy(Wait.forOneShotStartup())
  .start();

await server.restart();
seen['page after a restart'] = await fetchPage();
for (const container of [command, neighbour, server]) await container.stop();
await network.stop();
process.stdout.write(JSON.stringify(seen));
process.exit(); // the library's watch for its daemon goes on
