export function bundleBrowserScripts(): Record<string, string>;
export function defineBrowserScripts(): Record<string, string>;
