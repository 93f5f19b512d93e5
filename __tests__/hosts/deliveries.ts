import { signCallback } from 'kiip-s2s/callbacks';

export const SECRET = 'the app secret';

let serial = 0;

/** A redemption in the spellings that a sender may choose. Its signature covers the quantity as it is written. */
export function sign(userId: string, quantity = '20') {
  serial += 1;
  const fields = { content: 'coins', name: 'Münzen', quantity, userId, transactionId: `reward-${serial}` };
  const signature = signCallback(fields, SECRET);
  const { transactionId: transaction_id, content, name } = fields;
  const json = `{"content":"${content}","name":"${name}","quantity":${quantity},"user_id":"${userId}","transaction_id":"${transaction_id}","signature":"${signature}"}`;
  const form = new URLSearchParams({ content, name, quantity, user_id: userId, transaction_id, signature }).toString();
  return { json, form };
}
