// The only module that imports zod. The build replaces its JavaScript by the parts named here (scripts/zod.mjs), so name no more
// than is used, and import it elsewhere as `import * as z from '../zod.js'`.
export {
  array,
  boolean,
  custom,
  email,
  enum,
  int,
  ipv4,
  ipv6,
  literal,
  looseObject,
  number,
  object,
  optional,
  pipe,
  strictObject,
  string,
  transform,
  union,
  unknown,
} from 'zod';
export type { core, infer, input, output, ZodType } from 'zod';
