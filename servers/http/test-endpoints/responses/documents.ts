/** The sample documents. Pure. */
import { PREFIX } from '../endpoint.ts'

/** From the first chapter of Moby-Dick (1851), which is in the public domain. */
export const HTML_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Moby-Dick</title></head>
<body>
<h1>Herman Melville - Moby-Dick</h1>
<p>Call me Ishmael. Some years ago - never mind how long precisely - having little or no money in my purse, and nothing
particular to interest me on shore, I thought I would sail about a little and see the watery part of the world.</p>
</body>
</html>
`

/** Its keys and titles are those of httpbin, which clients of it expect. */
export const SLIDESHOW = {
  slideshow: {
    author: 'Yours Truly',
    date: 'date of publication',
    slides: [
      { title: 'Wake up to WonderWidgets!', type: 'all' },
      {
        items: ['Why <em>WonderWidgets</em> are great', 'Who <em>buys</em> WonderWidgets'],
        title: 'Overview',
        type: 'all',
      },
    ],
    title: 'Sample Slide Show',
  },
}

export const XML_DOCUMENT = `<?xml version='1.0' encoding='us-ascii'?>
<slideshow title="Sample Slide Show" date="Date of publication" author="Yours Truly">
  <slide type="all">
    <title>Wake up to WonderWidgets!</title>
  </slide>
  <slide type="all">
    <title>Overview</title>
    <item>Why <em>WonderWidgets</em> are great</item>
  </slide>
</slideshow>
`

export const FORM_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Form</title>
</head>
<body>
<main>
<h1>Order a pizza</h1>
<form method="post" action="${PREFIX}/post">
<p><label>Name <input name="custname" autocomplete="name"></label></p>
<p><label>Telephone <input name="custtel" type="tel" autocomplete="tel"></label></p>
<p><label>E-mail <input name="custemail" type="email" autocomplete="email"></label></p>
<fieldset>
<legend>Size</legend>
<p><label><input type="radio" name="size" value="small"> Small</label></p>
<p><label><input type="radio" name="size" value="large"> Large</label></p>
</fieldset>
<fieldset>
<legend>Toppings</legend>
<p><label><input type="checkbox" name="topping" value="cheese"> Cheese</label></p>
<p><label><input type="checkbox" name="topping" value="mushroom"> Mushrooms</label></p>
</fieldset>
<p><label>Delivery time <input type="time" name="delivery"></label></p>
<p><label>Comments <textarea name="comments"></textarea></label></p>
<p><button>Send</button></p>
</form>
</main>
</body>
</html>
`
