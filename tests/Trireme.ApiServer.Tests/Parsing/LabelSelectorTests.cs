using CsCheck;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Selectors;

namespace Trireme.ApiServer.Tests.Parsing;

public sealed class LabelSelectorTests
{
    private static readonly Dictionary<string, string> Labels =
        new() { ["app"] = "x", ["example.com/tier"] = "gold", ["empty"] = "", ["size"] = "12" };

    [Theory]
    [InlineData("", true)]
    [InlineData("app", true)]
    [InlineData("app=x", true)]
    [InlineData(" app == x , example.com/tier ", true)]
    [InlineData("app!=x", false)]
    [InlineData("absent!=x", true)]
    [InlineData("!absent", true)]
    [InlineData("! app", false)]
    [InlineData("app in (x,y)", true)]
    [InlineData("app in(y)", false)]
    [InlineData("app notin ( x )", false)]
    [InlineData("absent notin (x)", true)]
    [InlineData("empty=", true)]
    [InlineData("empty in (,x)", true)]
    [InlineData("app=x,app=y", false)]
    [InlineData("in in (in)", false)]
    [InlineData("size>9", true)]
    [InlineData("size > 12", false)]
    [InlineData("size<13,app", true)]
    [InlineData("app>1", false)]
    [InlineData("absent<1", false)]
    public void A_selector_matches(string selector, bool expected)
    {
        Assert.False(LabelSelector.Parse(selector).Failed(out StatusError? _, out LabelSelector? parsed));
        Assert.Equal(expected, parsed!.Matches(Labels));
    }

    [Theory]
    [InlineData("app=x,")]
    [InlineData("=x")]
    [InlineData("a in x")]
    [InlineData("a in (x")]
    [InlineData("a between (x)")]
    [InlineData("a>b")]
    [InlineData("a>")]
    [InlineData("-a=b")]
    [InlineData("a=-b")]
    [InlineData("a in (-b)")]
    [InlineData("!a/b/c")]
    [InlineData("a=b=c")]
    [InlineData("a!b")]
    [InlineData("a b")]
    [InlineData("(a)")]
    public void A_malformed_selector_is_refused(string selector) =>
        Assert.True(LabelSelector.Parse(selector).Failed(out StatusError? error, out _) && error!.Code == 400);

    [Fact]
    public void Any_text_is_parsed_or_refused()
    {
        Pick.From("a", "b", "in", "notin", "=", "!", "==", "!=", "(", ")", ",", " ", "ä", "/", "\0").Array[0, 12].Sample(parts =>
        {
            // Text is data: whatever it holds, parsing ends with a selector or an error.
            bool failed = LabelSelector.Parse(string.Concat(parts)).Failed(out StatusError? error, out LabelSelector? parsed);
            Assert.True(failed ? error!.Code == 400 : parsed is not null);
        });
    }
}
