const { describeFailure, makeCalls, report } = require('./calls.cjs');

async function receive({ createCallbackReceiver, memoryLedger, signCallback }) {
  const credited = [];
  const receiver = createCallbackReceiver({
    secret: 'secret',
    ledger: memoryLedger(),
    onRedemption: ({ quantity }) => void credited.push(quantity),
  });
  const fields = { transactionId: '1', content: 'gold', name: 'Gold', quantity: 3, userId: 'u' };
  const wire = { transaction_id: '1', content: 'gold', name: 'Gold', quantity: 3, user_id: 'u' };
  const { status } = await receiver.handle({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    rawBody: JSON.stringify({ ...wire, signature: signCallback(fields, 'secret') }),
  });
  await receiver.close();
  return { status, credited };
}

/** A callback that is verified and credited, then the three calls, then what an error is called. */
exports.run = async (library, url) => {
  const callback = await receive(library);
  const calls = await makeCalls({ ...library, url }).catch(describeFailure);
  const timeout = new library.KiipTimeoutError('late', { operation: 'moment', attempts: 1, scope: 'attempt' });
  report({ callback, calls, errorName: timeout.name, errorText: String(timeout) });
};
