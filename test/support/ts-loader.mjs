/**
 * Lets a child process of a test run the TypeScript of this repository: `node --import <this file> child.ts`.
 *
 * Node loads this file twice: in the process, where it registers itself, and in the thread of the loader, where its
 * `resolve` and `load` are called.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { register } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import { transform, version as swc } from '@swc/core'

if (isMainThread) register(import.meta.url)

/** An import of `./x.js` from TypeScript is the file `./x.ts`. */
export function resolve(specifier, context, next) {
  const fromTypeScript = context.parentURL?.endsWith('.ts') && !context.parentURL.includes('/node_modules/')
  const relative = specifier.startsWith('./') || specifier.startsWith('../')
  return next(fromTypeScript && relative ? specifier.replace(/\.js$/, '.ts') : specifier, context)
}

/** Where what was made of a file is kept, by what stands in it: most of the time of a short command goes into that. */
const cache = fileURLToPath(new URL('../../node_modules/.cache/ts-loader/', import.meta.url))
const settings = {
  jsc: { target: 'es2022', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } },
  module: { type: 'es6' },
  sourceMaps: 'inline',
}

/** The types are removed, not checked. */
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context)
  const filename = fileURLToPath(url)
  const text = await readFile(filename, 'utf8')
  const digest = createHash('sha256')
    .update(JSON.stringify([swc, settings, filename, text]))
    .digest('hex')
  const kept = join(cache, `${digest}.mjs`)
  const source = await readFile(kept, 'utf8').catch(async () => {
    const { code } = await transform(text, { filename, ...settings })
    await keep(kept, code)
    return code
  })
  return { format: 'module', shortCircuit: true, source }
}

/** Whole before it has its name: another process may read it at this moment. */
async function keep(file, code) {
  await mkdir(cache, { recursive: true })
  const aside = `${file}.${process.pid}`
  await writeFile(aside, code)
  await rename(aside, file)
}
