import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Runs once before the tests: what they start in processes of their own is the node as it is given out, in `dist/`, which
 * starts in half the time of one whose types are removed while it loads. Fails the run when the build does.
 * What `traffic-faults.ts` keeps of a run is taken away before the next.
 */
export default function buildNode({ rootDir }) {
  const compiler = join(rootDir, 'node_modules', '.bin', 'tsc')
  execFileSync(compiler, ['-p', 'tsconfig.build.json', '--noCheck'], { cwd: rootDir, stdio: 'inherit' })
  rmSync(join(rootDir, 'node_modules', '.cache', 'openapi-documents.json'), { force: true })
}
