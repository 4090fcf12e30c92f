using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using CsCheck;
using Trireme.Dashboard.Playground;

namespace Trireme.Dashboard.Tests.Playground;

/// <summary>What models write is shown formatted, and does nothing.</summary>
public sealed class MarkdownTextTests
{
    [Theory]
    [InlineData("**bold** and `code`", "<p><strong>bold</strong> and <code>code</code></p>")]
    [InlineData("# Title", "<h3>Title</h3>")]
    [InlineData("- a\n- b", "<ul><li>a</li><li>b</li></ul>")]
    [InlineData("```js\n1 < 2\n```", "<pre><code class=\"language-js\">1 &lt; 2</code></pre>")]
    [InlineData("[a](https://example.org/?q=1&r=2)",
        "<p><a rel=\"noopener noreferrer nofollow\" target=\"_blank\" href=\"https://example.org/?q=1&amp;r=2\">a</a></p>")]
    [InlineData("|a|\n|-:|\n|1|", "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>")]
    public void Markdown_is_formatted(string text, string html) =>
        Assert.Equal(html, MarkdownText.ToHtml(text).Value.Replace("\n", "", StringComparison.Ordinal));

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("a <img src=x onerror=alert(1)> b")]
    [InlineData("[x](javascript:alert(1))")]
    [InlineData("[x](JaVaScRiPt:alert(1) \"t\")")]
    [InlineData("[x](data:text/html,<script>alert(1)</script>)")]
    [InlineData("<javascript:alert(1)>")]
    [InlineData("[x]\n\n[x]: javascript:alert(1)")]
    [InlineData("[x](/relative)")]
    [InlineData("[x](https://a\"onclick=alert(1))")]
    [InlineData("![x](https://evil.example/pixel.png)")]
    [InlineData("![x](https://evil.example/\"onerror=\"alert(1))")]
    [InlineData("# a {#id .class onclick=alert(1)}")]
    [InlineData("```\"onclick=\"alert(1)\nx\n```")]
    public void Nothing_that_a_model_writes_runs_or_loads(string text) => AssertHarmless(text);

    [Fact]
    public void Nothing_made_of_such_pieces_does_either()
    {
        string[] pieces =
        [
            "<", ">", "\"", "'", "`", "[", "]", "(", ")", "!", "javascript:", "https://a.b/", "onclick=", "<script>", "</script>",
            "<img src=x>",
            "\n", "\n\n", "* ", "> ", "|", "-", ":", "&#106;", "&quot;", "\\", "style=", "{", "}", "~", "x", " ",
        ];
        Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]).Array[1, 24].Select(string.Concat).Sample(AssertHarmless, iter: 3000);
    }

    [Fact]
    public void What_is_nested_too_deep_or_too_long_is_shown_as_it_is()
    {
        string deep = string.Concat(Enumerable.Repeat("> ", 5000)) + "x";
        AssertHarmless(deep);
        string page = new('[', 200_000);
        Assert.Contains(page, MarkdownText.ToHtml(page).Value, StringComparison.Ordinal);
    }

    private static void AssertHarmless(string text)
    {
        string[] banned = ["script", "img", "iframe", "style", "link", "object", "form", "input", "svg"];
        IDocument document = new HtmlParser().ParseDocument(MarkdownText.ToHtml(text).Value);
        foreach (IElement element in document.Body!.QuerySelectorAll("*"))
        {
            Assert.DoesNotContain(element.LocalName, banned);
            foreach (IAttr attribute in element.Attributes)
            {
                Assert.Contains(attribute.Name, (string[])["href", "rel", "target", "class", "start", "title"]);
                if (attribute.Name == "href") Assert.Matches("^https?://", attribute.Value);
            }
        }
    }
}
