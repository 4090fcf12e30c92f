namespace Trireme.Hosting.Access;

/// <summary>
/// Who may call a route of the dashboard's port, as metadata of its endpoint. A route that says nothing is for sessions only.
/// </summary>
internal enum RouteAccess
{
    /// <summary>Browsers that have signed in.</summary>
    Session,

    /// <summary>Those, and programs with the telemetry key.</summary>
    Programs,

    /// <summary>Everyone who reaches the port: the way in, and files that say nothing of this platform.</summary>
    Open,
}
