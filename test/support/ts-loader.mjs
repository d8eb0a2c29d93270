/**
 * Lets a child process of a test run the TypeScript of this repository: `node --import <this file> child.ts`.
 *
 * Node loads this file twice: in the process, where it registers itself, and in the thread of the loader, where its
 * `resolve` and `load` are called.
 */
import { readFile } from 'node:fs/promises'
import { register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import { transform } from '@swc/core'

if (isMainThread) register(import.meta.url)

/** An import of `./x.js` from TypeScript is the file `./x.ts`. */
export function resolve(specifier, context, next) {
  const fromTypeScript = context.parentURL?.endsWith('.ts') && !context.parentURL.includes('/node_modules/')
  const relative = specifier.startsWith('./') || specifier.startsWith('../')
  return next(fromTypeScript && relative ? specifier.replace(/\.js$/, '.ts') : specifier, context)
}

/** The types are removed, not checked. */
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context)
  const filename = fileURLToPath(url)
  const { code } = await transform(await readFile(filename, 'utf8'), {
    filename,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } },
    module: { type: 'es6' },
    sourceMaps: 'inline',
  })
  return { format: 'module', shortCircuit: true, source: code }
}
