// Answers every POST with the same reward, with as little work as possible, in a process of its own, so that its cost
// counts for nobody. Requests to /hold are never answered; the message 'drop' resets their connections.
import net from 'node:net';
import { answer } from './fixtures.mjs';

const reply = [
  'HTTP/1.1 200 OK',
  'content-type: application/json',
  'connection: keep-alive',
  'keep-alive: timeout=60',
  `content-length: ${Buffer.byteLength(answer)}`,
  '',
  answer,
].join('\r\n');

const held = new Set();

const server = net.createServer({ noDelay: true }, (socket) => {
  let received = '';
  socket.setEncoding('latin1');
  socket.on('error', () => {});
  socket.on('close', () => held.delete(socket));
  socket.on('data', (chunk) => {
    received += chunk;
    for (let head = received.indexOf('\r\n\r\n'); head >= 0; head = received.indexOf('\r\n\r\n')) {
      const length = Number(/content-length: *(\d+)/i.exec(received)?.[1]);
      if (Number.isNaN(length)) throw new Error('a request without content-length');
      if (received.length < head + 4 + length) return;
      if (received.startsWith('POST /hold')) held.add(socket);
      else socket.write(reply);
      received = received.slice(head + 4 + length);
    }
  });
});

process.on('message', (message) => {
  if (message === 'held') process.send({ held: held.size });
  if (message === 'drop') for (const socket of held) socket.resetAndDestroy();
});
process.on('disconnect', () => process.exit());
server.listen({ port: 0, host: '127.0.0.1', backlog: 16_384 }, () => process.send({ port: server.address().port }));
