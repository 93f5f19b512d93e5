// The only module that imports zod. The build bundles just the names below (scripts/zod.mjs), so add only what is used. Elsewhere, write
// `import * as z from '../zod.js'`.
export {
  array,
  boolean,
  compile,
  custom,
  enum,
  int,
  literal,
  looseObject,
  number,
  object,
  optional,
  strictObject,
  string,
  union,
  unknown,
} from 'zod';
export type { core, output, ZodType } from 'zod';
