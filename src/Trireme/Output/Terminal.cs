using System.Text;
using Trireme.Contracts.Serialization;

namespace Trireme.Output;

/// <summary>
/// What is printed shows control characters and does not send them, so that no object or log has the terminal do anything. Only what
/// draws itself writes past that.
/// </summary>
internal static class Terminal
{
    /// <summary>Standard output for what draws on it.</summary>
    public static TextWriter Out { get; private set; } = Console.Out;

    /// <summary>Standard error for what draws on it.</summary>
    public static TextWriter Error { get; private set; } = Console.Error;

    /// <summary>Has everything that is printed from here on made visible.</summary>
    public static void Guard()
    {
        (Out, Error) = (Console.Out, Console.Error);
        Console.SetOut(new VisibleWriter(Out));
        Console.SetError(new VisibleWriter(Error));
    }

    internal sealed class VisibleWriter(TextWriter output) : TextWriter
    {
        public override Encoding Encoding => output.Encoding;

        public override void Write(char value) => output.Write(VisibleText.Of(value.ToString()));

        public override void Write(string? value) => output.Write(VisibleText.Of(value ?? ""));

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

        public override void WriteLine(string? value) => output.WriteLine(VisibleText.Of(value ?? ""));

        public override Task WriteAsync(char value) => output.WriteAsync(VisibleText.Of(value.ToString()));

        public override Task WriteAsync(string? value) => output.WriteAsync(VisibleText.Of(value ?? ""));

        public override Task WriteLineAsync(string? value) => output.WriteLineAsync(VisibleText.Of(value ?? ""));

        public override void Flush() => output.Flush();

        public override Task FlushAsync() => output.FlushAsync();
    }
}
