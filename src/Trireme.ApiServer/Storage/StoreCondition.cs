namespace Trireme.ApiServer.Storage;

/// <summary>What keeps the store from taking ordinary writes.</summary>
/// <param name="Trouble">Its kind; none where writes are taken.</param>
/// <param name="Message">What it is, for people; empty where there is none.</param>
internal sealed record StoreCondition(StoreTrouble Trouble, string Message)
{
    public static StoreCondition Good { get; } = new(StoreTrouble.None, "");
}
