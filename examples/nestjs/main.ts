import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { CallbackModule } from './callback.module.js';

// `rawBody: true` makes Nest's own parsers keep the bytes that the signature covers. You need nothing else.
const app = await NestFactory.create(CallbackModule, { rawBody: true });
app.enableShutdownHooks();
await app.listen(Number(process.env['PORT'] ?? 8080));
