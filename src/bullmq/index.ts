/** @module kiip-s2s/bullmq */
export { createPingQueue, type PingQueue, type PingQueueOptions } from './queue.js';
export { createPingWorker, type PingWorker, type PingWorkerOptions } from './worker.js';
export { type PingQueueConnection } from './connection.js';
