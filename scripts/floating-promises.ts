import { join } from 'node:path';
import ts from 'typescript';

/** The compiler's view of everything in the repository that is TypeScript. */
export const wholeProgram = (root: string, files: readonly string[]): ts.Program => {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const read = ts.getParsedCommandLineOfConfigFile(join(root, 'test/tsconfig.json'), {}, host);
  if (!read) throw new Error('test/tsconfig.json can\'t be read');
  const options = { ...read.options, composite: false, incremental: false, noEmit: true, rootDir: root };
  return ts.createProgram({ rootNames: files, options });
};

/**
 * Where a promise is made and nobody will hear of its failure, as `path:line`. A rejection that nobody hears ends the
 * process, and an expectation that nobody awaits can't fail. `await`, `void`, a `.catch` and a `.then` with both sides
 * count as heard.
 */
export const floatingPromises = (program: ts.Program, root: string, files: ReadonlySet<string>): readonly string[] => {
  const checker = program.getTypeChecker();
  const found: string[] = [];
  for (const source of program.getSourceFiles()) {
    if (!files.has(source.fileName)) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isExpressionStatement(node) && isUnheard(checker, node.expression))
        found.push(`${source.fileName.slice(root.length)}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
};

// Most statements of the specs; to ask for their types would take longer than all the rest.
const isPlainExpectation = (expression: ts.Expression): boolean => /^expect\((?![^]*\.(resolves|rejects)\b)/.test(expression.getText());

const isUnheard = (checker: ts.TypeChecker, expression: ts.Expression): boolean => {
  if (ts.isParenthesizedExpression(expression)) return isUnheard(checker, expression.expression);
  if (ts.isConditionalExpression(expression))
    return isUnheard(checker, expression.whenTrue) || isUnheard(checker, expression.whenFalse);
  if (ts.isBinaryExpression(expression)) {
    // What is assigned is kept; the right side of `&&`, `||`, `??` and `,` is not.
    return !isAssignment(expression.operatorToken.kind) && isUnheard(checker, expression.right);
  }
  if (ts.isAwaitExpression(expression) || ts.isVoidExpression(expression) || isPlainExpectation(expression)) return false;
  return isPromise(checker.getTypeAtLocation(expression)) && !isHandled(expression);
};

const isAssignment = (kind: ts.SyntaxKind): boolean => kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;

// Fastify's reply has a `then` too; only what is called a promise is one.
const isPromise = (type: ts.Type): boolean =>
  type.isUnionOrIntersection() ? type.types.some(isPromise) : /^Promise(Like)?$/.test(type.symbol?.name ?? '');

const isHandled = (expression: ts.Expression): boolean => {
  if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) return false;
  const { name, expression: before } = expression.expression;
  if (name.text === 'finally') return isHandled(before);
  return (name.text === 'catch' && expression.arguments.length > 0) || (name.text === 'then' && expression.arguments.length > 1);
};
