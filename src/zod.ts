// The only module that imports zod. The build replaces its JavaScript by the parts named here (scripts/zod.mjs), so name no more
// than is used, and import it elsewhere as `import * as z from '../zod.js'`.
export {
  array,
  boolean,
  custom,
  enum,
  int,
  literal,
  looseObject,
  number,
  optional,
  strictObject,
  string,
  union,
  unknown,
} from 'zod';
export type { core, output, ZodType } from 'zod';
