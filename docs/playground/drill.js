export class Drill { constructor(page) { this.page = page; } }
