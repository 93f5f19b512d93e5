/** The sub-tags of an impression or a conversion. Unused ones are not sent (PROTOCOL M1, M12). */
export type Subs = { readonly [name in SubName]?: string | undefined };

/** `sub1` … `sub10`. Kaminari documents seven; some integrations also have the last three (PROTOCOL M12). */
export type SubName = (typeof SUB_NAMES)[number];

/** The names of the sub-tags, in sending order. */
export const SUB_NAMES = ['sub1', 'sub2', 'sub3', 'sub4', 'sub5', 'sub6', 'sub7', 'sub8', 'sub9', 'sub10'] as const;
