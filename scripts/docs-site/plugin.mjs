// A typedoc plugin that turns the pages written for GitHub into a site.
import { relative } from 'node:path';
import { Comment, Converter, ReflectionKind, Renderer } from 'typedoc';

const REPOSITORY = 'https://github.com/kiip-s2s/kiip-s2s/blob/main';
const TITLE = /^# (.+)\n+/;
const OVERVIEW = '\n## What is in the package\n';

/** @param {import('typedoc').Application} app */
export function load(app) {
  // A folder in the name would become a collapsed folder in the navigation.
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, page) => {
    page.name = page.name.replace(/^docs\//, '');
  });

  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    // typedoc prints the name of the project above the README.
    const [first] = project.readme;
    first.text = first.text
      .replace(TITLE, '')
      .replace(OVERVIEW, `$&\nThe [reference](modules.html) lists every export of every subpath.\n`);
    for (const page of [{ content: project.readme }, ...project.documents]) linkToRepository(page.content, project);
  });

  // After typedoc's own listeners, which make the groups.
  app.converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }) => {
      project.comment = new Comment(project.children.flatMap(listExports));
    },
    -1_000,
  );

  // Addresses come from the file names, which never change. Readers see the titles from the headings.
  app.renderer.on(Renderer.EVENT_BEGIN, ({ project }) => {
    for (const page of project.getReflectionsByKind(ReflectionKind.Document))
      page.name = TITLE.exec(page.content[0].text)[1];
  });
}

/** A heading that leads to a subpath, and all that it exports, by kind: so every page is two clicks from the first. */
function listExports(subpath) {
  const groups = subpath.groups.flatMap(({ title, children }) => [
    { kind: 'text', text: `\n\n${title}: ` },
    ...children.flatMap((child, index) => [{ kind: 'text', text: index === 0 ? '' : ', ' }, linkTo(child)]),
  ]);
  return [{ kind: 'text', text: '\n\n## ' }, linkTo(subpath), ...groups];
}

const linkTo = (reflection) => ({ kind: 'inline-tag', tag: '@link', text: reflection.name, target: reflection });

/** Makes links to sources and folders lead to GitHub, because the site has only pages and pictures. */
function linkToRepository(parts, { files }) {
  for (const [index, part] of parts.entries()) {
    if (part.kind !== 'relative-link' || part.target === undefined) continue;
    const file = files.resolvePath(part.target);
    if (/\.(?:md|png)$/.test(file)) continue;
    const text = `${REPOSITORY}/${relative(process.cwd(), file)}${part.targetAnchor ? `#${part.targetAnchor}` : ''}`;
    parts[index] = { kind: 'text', text };
  }
}
