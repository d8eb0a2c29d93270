import ts from 'typescript'

/** One place where a file names another module. */
export interface FoundImport {
  /** The text between the quotes; `undefined` when the module is computed and cannot be known. */
  readonly specifier: string | undefined
  /** Counted from 1. */
  readonly line: number
  /** True when nothing of the other module exists at run time. */
  readonly isTypeOnly: boolean
  /** True for `export * from`, which makes a file a barrel. */
  readonly isStarExport: boolean
}

/**
 * Finds every module that a TypeScript text names: imports, re-exports, `import()` in code and in types, `require`, and
 * reference comments. Does not look in strings or other comments, and does not resolve anything.
 */
export function findImports(path: string, text: string): readonly FoundImport[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS)
  const found: FoundImport[] = []
  const add = (position: number, specifier: string | undefined, kind: Partial<FoundImport> = {}) => {
    const line = source.getLineAndCharacterOfPosition(position).line + 1
    found.push({ specifier, line, isTypeOnly: false, isStarExport: false, ...kind })
  }

  const visit = (node: ts.Node): void => {
    const start = node.getStart(source)
    if (ts.isImportDeclaration(node)) {
      add(start, textOf(node.moduleSpecifier), { isTypeOnly: isTypeImport(node.importClause) })
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      const isStarExport = node.exportClause === undefined || ts.isNamespaceExport(node.exportClause)
      add(start, textOf(node.moduleSpecifier), { isTypeOnly: isTypeExport(node), isStarExport })
    } else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
      add(start, textOf(node.moduleReference.expression), { isTypeOnly: node.isTypeOnly })
    } else if (ts.isImportTypeNode(node)) {
      const specifier = ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : undefined
      add(start, specifier, { isTypeOnly: true })
    } else if (ts.isCallExpression(node) && callsAnImport(node.expression)) {
      add(start, textOf(node.arguments[0]))
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  for (const reference of source.referencedFiles)
    add(reference.pos, asRelative(reference.fileName), { isTypeOnly: true })
  return found
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined
}

function callsAnImport(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const { name, namedBindings } = clause
  if (name !== undefined || namedBindings === undefined || ts.isNamespaceImport(namedBindings)) return false
  return namedBindings.elements.length > 0 && namedBindings.elements.every(({ isTypeOnly }) => isTypeOnly)
}

function isTypeExport({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean {
  if (isTypeOnly || exportClause === undefined || ts.isNamespaceExport(exportClause)) return isTypeOnly
  return exportClause.elements.length > 0 && exportClause.elements.every((element) => element.isTypeOnly)
}

function asRelative(fileName: string): string {
  return fileName.startsWith('.') ? fileName : `./${fileName}`
}
