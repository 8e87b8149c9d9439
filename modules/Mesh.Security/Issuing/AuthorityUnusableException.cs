namespace Mesh.Security.Issuing;

/// <summary>
/// The authority is there and cannot be used: its keys cannot be decrypted here, or the settings name another trust domain.
/// </summary>
/// <param name="code">Stable, kebab-case.</param>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="cause">Null for none.</param>
internal sealed class AuthorityUnusableException(string code, string message, Exception? cause = null) : Exception(message, cause)
{
    public string Code => code;

    /// <summary>Private keys cannot be decrypted.</summary>
    public static AuthorityUnusableException KeysUnreadable(Exception cause) => new("keys-unreadable",
        "The authority's private keys cannot be decrypted: the key ring (the folder 'keys' beside the database's file, or the one in a "
            + "shared database), or the certificate or passphrase that protects it, is not the one that they were encrypted with. Put it "
            + "back; docs/security.md says what else can be done.", cause);
}
