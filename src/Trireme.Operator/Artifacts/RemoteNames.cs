using System.Text;

namespace Trireme.Operator.Artifacts;

/// <summary>Names of files that a server made up. Those that would lead out of the folder they go to are refused.</summary>
internal static class RemoteNames
{
    // NAME_MAX and half of PATH_MAX of Linux.
    private const int PartBytesMax = 255;
    private const int NameBytesMax = 2048;

    /// <summary>Weights in forms that no engine here reads, and which often lie beside those that it does.</summary>
    private static readonly string[] Unread =
    [
        ".bin", ".ckpt", ".gguf", ".h5", ".mlmodel", ".msgpack", ".nemo", ".ot", ".pkl", ".pt", ".pth", ".tar", ".tflite", ".zip",
    ];

    /// <summary>True for a name below a folder that no system reads as a way out of it.</summary>
    public static bool IsSafe(string name) =>
        name.Length > 0
        && Encoding.UTF8.GetByteCount(name) <= NameBytesMax
        && !name.Any(static letter => char.IsControl(letter) || char.IsSurrogate(letter) || letter is '\\' or ':')
        && name.Split('/').All(static part => part is not ("" or "." or "..") && Encoding.UTF8.GetByteCount(part) <= PartBytesMax);

    /// <summary>True for a file that a folder in Hugging Face or ONNX layout is fetched with.</summary>
    public static bool IsOfModel(string name) =>
        !name.Split('/').Any(static part => part.StartsWith('.') && part is not ("." or ".."))
        && !Unread.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    /// <summary>The files that are fetched, or why they cannot be.</summary>
    /// <exception cref="FetchException">A name leads out of the folder, is there twice, or there are none or too many.</exception>
    public static IReadOnlyList<RemoteFile> Check(string address, IReadOnlyList<RemoteFile> files)
    {
        if (files.Count == 0)
        {
            throw Invalid($"{address} holds no file of a model; correct the address in a new release.", FetchReasons.SourceNotFound);
        }

        if (files.Count > Releases.ReleaseReader.MaxFiles)
        {
            throw Invalid(
                $"{address} holds {files.Count} files and may hold {Releases.ReleaseReader.MaxFiles}; name the folder of one model in a "
                + "new release.");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (RemoteFile file in files)
        {
            if (!IsSafe(file.Name))
            {
                throw Invalid(
                    $"{address} names a file \"{Show(file.Name)}\", which leads out of its folder or is no name; nothing was fetched.");
            }

            if (!names.Add(file.Name)) throw Invalid($"{address} names the file \"{Show(file.Name)}\" twice; nothing was fetched.");
        }

        foreach (string name in names)
        {
            for (int slash = name.IndexOf('/'); slash > 0; slash = name.IndexOf('/', slash + 1))
            {
                if (names.Contains(name[..slash])) throw Invalid($"{address} names \"{Show(name[..slash])}\" as a file and as a folder.");
            }
        }

        return files;
    }

    /// <summary>What a stranger wrote, as a message may repeat it.</summary>
    public static string Show(string text)
    {
        const int LengthMax = 200;
        string cut = text.Length <= LengthMax ? text : text[..LengthMax] + "...";
        return string.Concat(cut.Select(static letter => char.IsControl(letter) || char.IsSurrogate(letter) ? '?' : letter));
    }

    private static FetchException Invalid(string message, string reason = FetchReasons.SourceInvalid) =>
        new(FetchProblem.Refused(reason, message));
}
