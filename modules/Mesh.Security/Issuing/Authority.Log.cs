using Microsoft.Extensions.Logging;

namespace Mesh.Security.Issuing;

internal static partial class AuthorityLog
{
    [LoggerMessage(8000, LogLevel.Information,
        "Made a certificate authority for the trust domain {TrustDomain} with root {Root}; protection of the key ring: {Protection}")]
    public static partial void Created(ILogger logger, string trustDomain, string root, string protection);

    [LoggerMessage(8001, LogLevel.Information, "Root {Root} is trusted from now on, and used from {ActiveFrom:u} on")]
    public static partial void RootAdded(ILogger logger, string root, DateTimeOffset activeFrom);

    [LoggerMessage(8002, LogLevel.Information, "Intermediate {Intermediate} below root {Root} signs from {ActiveFrom:u} on")]
    public static partial void IntermediateAdded(ILogger logger, string intermediate, string? root, DateTimeOffset activeFrom);

    [LoggerMessage(8003, LogLevel.Error, "The certificate authority cannot be used: {Reason}")]
    public static partial void Unusable(ILogger logger, string reason);

    [LoggerMessage(8004, LogLevel.Warning, "The certificate authority could not be looked after now: {Reason}")]
    public static partial void UpkeepFailed(ILogger logger, string reason);

    [LoggerMessage(8005, LogLevel.Warning, "{Warning}")]
    public static partial void Warned(ILogger logger, string warning);

    [LoggerMessage(8006, LogLevel.Debug, "Issued certificate {Serial} to {Identity}, asked for by {Requester}, valid until {NotAfter:u}")]
    public static partial void Issued(ILogger logger, string serial, string identity, string requester, DateTimeOffset notAfter);

    [LoggerMessage(8007, LogLevel.Information, "Forgot {Count} records of certificates and join tokens that expired long ago")]
    public static partial void Pruned(ILogger logger, int count);
}
