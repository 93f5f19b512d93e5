import { openRecipe } from './orms.js';

// A worker that credits and then stops before the COMMIT, for the parent to kill.
async function main(): Promise<void> {
  const [name = '', url = '', ...keys] = process.argv.slice(2);
  const recipe = await openRecipe(name, url);
  await recipe.ledger.run(keys, async (tx) => {
    await recipe.credit(tx, 'ann', 20);
    process.send?.('credited');
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  });
}

void main();
