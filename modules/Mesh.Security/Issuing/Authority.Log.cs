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

    [LoggerMessage(8008, LogLevel.Error, "The certificate authority could not be looked after now; it is tried again in a minute")]
    public static partial void UpkeepBroken(ILogger logger, Exception exception);

    [LoggerMessage(8009, LogLevel.Information, "The key ring is protected now by {Protection}, and the former one has been removed")]
    public static partial void RingProtected(ILogger logger, string protection);

    [LoggerMessage(8010, LogLevel.Information, "{Actor} has changed the certificate authority: {Change}")]
    public static partial void Changed(ILogger logger, string actor, string change);

    [LoggerMessage(8011, LogLevel.Information, "{Actor} has made join token {Id} of {Identity}, which expires at {ExpiresAt:u}")]
    public static partial void TokenMade(ILogger logger, string actor, string id, string identity, DateTimeOffset expiresAt);

    [LoggerMessage(8012, LogLevel.Information, "{Actor} has revoked join token {Id}")]
    public static partial void TokenRevoked(ILogger logger, string actor, string id);

    [LoggerMessage(8013, LogLevel.Information, "{Actor} has put {Subject} on the deny list")]
    public static partial void Denied(ILogger logger, string actor, string subject);

    [LoggerMessage(8014, LogLevel.Information, "{Actor} has taken {Subject} off the deny list")]
    public static partial void DenialRemoved(ILogger logger, string actor, string subject);

    [LoggerMessage(8015, LogLevel.Information, "Refused a certificate that was asked for by {By}: {Code}")]
    public static partial void Refused(ILogger logger, string by, string code);
}
