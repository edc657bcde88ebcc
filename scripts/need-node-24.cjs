// Runs before the scripts of package.json, in CommonJS so that an old Node can still say what is missing.
if (parseInt(process.versions.node, 10) < 24) {
  console.error('需要 Node.js 24 以上；`npm ci`（不要加 --ignore-scripts）会装好项目自带的 Node.js。')
  console.error(
    'Node.js 24 or later is needed; `npm ci` (without --ignore-scripts) installs the one that comes with the project.',
  )
  process.exit(1)
}
