// Virtual-currency callbacks with NestJS. To keep the example short, the ledger is in memory. With more than one
// process, or one that restarts, use postgresLedger (see ../express-postgres) or redisLedger (see ../fastify-redis).
//
//   npm install kiip-s2s @nestjs/common @nestjs/core @nestjs/platform-express reflect-metadata rxjs
//   KIIP_APP_SECRET=... PORT=8080 npx tsx main.ts      (tsconfig: "experimentalDecorators": true)
import { All, Controller, Inject, Injectable, Module, Req, Res, type OnModuleDestroy } from '@nestjs/common';
import { createCallbackReceiver, memoryLedger, type CallbackReceiver, type RedemptionEvent } from 'kiip-s2s/callbacks';
import { callbackHandler } from 'kiip-s2s/express';

type Handler = ReturnType<typeof callbackHandler>;

/** The game's own service, which credits coins. It is injected like any other provider. */
@Injectable()
export class WalletService {
  readonly coins = new Map<string, number>();

  async credit({ userId, quantity }: Pick<RedemptionEvent, 'userId' | 'quantity'>): Promise<void> {
    this.coins.set(userId, (this.coins.get(userId) ?? 0) + quantity);
  }
}

const RECEIVER = Symbol('callback receiver');

@Controller('kiip/callback')
export class CallbackController {
  private readonly handler: Handler;

  constructor(@Inject(RECEIVER) receiver: CallbackReceiver) {
    this.handler = callbackHandler(receiver);
  }

  /** `@Res()` without `passthrough`: the adapter sends the answer itself. */
  @All()
  receive(@Req() request: Parameters<Handler>[0], @Res() response: Parameters<Handler>[1]): Promise<void> {
    return this.handler(request, response);
  }
}

@Module({
  controllers: [CallbackController],
  providers: [
    WalletService,
    {
      provide: RECEIVER,
      inject: [WalletService],
      useFactory: (wallet: WalletService) =>
        createCallbackReceiver({
          secret: () => process.env['KIIP_APP_SECRET'] ?? '',
          ledger: memoryLedger(),
          onRedemption: (event) => wallet.credit(event),
          onIssuance: (event) => wallet.credit(event),
          onError: (error) => console.error('callback not processed:', error),
        }),
    },
  ],
})
export class CallbackModule implements OnModuleDestroy {
  constructor(@Inject(RECEIVER) private readonly receiver: CallbackReceiver) {}

  async onModuleDestroy(): Promise<void> {
    await this.receiver.close();
  }
}
