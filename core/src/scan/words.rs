//! The words themselves, for [`super::lexicon`].

use super::sense::{
    CASE, DOT, FILLER, Flags, GIVEN, IS, MONTH, NUMBER, PARTICLE, SOMEBODY, SPAN, STATE, STOP,
    STREET, STREET_WEAK, TLD, UNIT,
};

/// Words by property, separated by blanks.
pub(super) const WORDS: &[(Flags, &str)] = &[
    (
        IS,
        "as is was are equals reads be being
        thats says shows ist es est sind llamo heisse appelle",
    ),
    (
        FILLER,
        "n o that this nmbr nubmer numer nuber numbr nunber numero nummer right correct valid e el la le de do da del des du meu minha mi mon ma mein
        meine sua bank credit union gave me number numbers num no nr nbr id code value file the a an my his her their our your its to on of at it
        here currently below follows s primary secondary home work cell mobile listed new old current also just
        recorded provided given entered text string field and type date us usa u full only by info confirmed
        updated registered account holder valuestring extension personal",
    ),
    (
        GIVEN,
        "james john robert michael david william richard joseph thomas charles christopher daniel matthew anthony
        mark donald steven paul andrew joshua kenneth kevin brian george timothy ronald edward jason jeffrey
        ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory
        alexander patrick frank raymond jack dennis jerry tyler aaron jose adam nathan henry douglas zachary
        peter kyle noah ethan jeremy walter christian keith roger terry austin sean gerald carl harold dylan
        arthur lawrence jordan jesse bryan billy bruce gabriel joe logan alan juan albert willie elijah wayne
        randy vincent mason roy ralph bobby russell bradley philip eugene liam oliver lucas mary patricia
        jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty sandra margaret ashley
        kimberly emily donna michelle carol amanda melissa deborah stephanie rebecca sharon laura cynthia
        dorothy amy kathleen angela shirley emma brenda pamela nicole anna samantha katherine christine debra
        rachel carolyn janet maria catherine heather diane olivia julie joyce victoria ruth virginia lauren
        kelly christina joan evelyn judith andrea hannah megan cheryl jacqueline martha madison teresa gloria
        sara janice ann kathryn abigail sophia frances jean alice judy isabella julia grace denise amber doris
        marilyn danielle beverly charlotte natalie theresa diana brittany rose kayla alexis lori marie tiffany
        carlos luis miguel jorge pedro manuel francisco antonio rosa carmen mohammed muhammad ahmed ali omar
        fatima aisha hassan ibrahim wei ming chen li raj priya anita sanjay arjun deepak sunita vikram ravi amit
        hans klaus jurgen fritz heinrich greta ingrid pierre jacques marcel sophie claire giulia marco luca
        giovanni francesca olga ivan dmitri sergei natasha svetlana yuki kenji hiroshi akira jane tom tim ben
        sam dan mike bob jim bill steve dave chris matt nick kate meg liz sue beth katie jenny tony harry fred
        leo max mia chloe zoe lily ella ava amelia eleanor edith mildred ethel gladys florence irene agnes hazel
        esther clara lucille bernice harriet elena sofia lucia ana isabel marta pablo diego javier fernando
        rafael alejandro ricardo eduardo angelica gabriela valentina camila mateo nadia layla yusuf khalid karim
        tariq amina zainab siobhan niamh aoife sinead fiona ewan callum rory declan connor owen gareth rhys
        nigel graham simon trevor colin stuart ian neil derek kwame kofi ama chidi ngozi emeka oluwaseun tunde
        thabo mei ling jun hui xin yan jin soo min hyun tran nguyen linh minh anh",
    ),
    (
        STOP,
        "unknown none null string required not the tbd your enter please first last full name field here type
        text varchar char integer int boolean optional from where select values and or anonymous test is was
        object array undefined nil true false redacted removed withheld deleted example sample default admin
        administrator user username column table input output id number date value patient client customer this
        that what how when why who which a an my our his her their its it he she they we you i no yes new old
        todo confidential private public na str bool any some each every all data list map option record form
        section details information info address email phone ssn dob mrn age gender sex with for to of in on at
        by as be are were will would can could should may might must do does did have has had foo bar baz
        placeholder masked hidden blank empty pending missing provided available given street city state country
        hospital clinic center centre inc corp llc ltd company university bank department service services team
        support group studio project product",
    ),
    (
        STREET,
        "street st avenue ave road rd boulevard blvd lane ln highway hwy parkway pkwy terrace ter trail trl rue
        via calle avenida strasse straat weg platz viale rua turnpike tpke crescent expressway cul alley aly",
    ),
    (
        DOT,
        "dot punkt point punto",
    ),
    (
        STREET_WEAK,
        "way court ct drive dr place pl circle cir square sq loop close row walk path plaza run",
    ),
    (
        TLD,
        "com org net edu gov mil int info biz name pro dev app health care clinic hospital doctor dental bank law
        legal finance online site tech cloud email xyz test example invalid local mail agency academy global
        group solutions consulting company services insure insurance museum coop aero mobi jobs travel ai page
        blog shop store live life world today family gmbh ltd llc london nyc medical pharmacy",
    ),
    (
        MONTH,
        "january february march april may june july august september october november december jan feb mar apr
        jun jul aug sep sept oct nov dec",
    ),
    (
        SOMEBODY,
        "man woman male female patient pt gentleman lady grandmother grandfather grandma grandpa mother father
        mom dad person resident veteran widow widower m f he she i uncle aunt husband wife nana individual
        client member participant subject senior neighbor neighbour nun priest caucasian white black hispanic
        asian gran mum who nan brother sister
        oma opa mutter vater frau mann abuela abuelo madre padre mere pere nonna nonno avo paciente patiente
        patientin paziente femme homme mujer hombre mulher homem senora senor granny grandad pensioner
        employee victim defendant testator",
    ),
    (
        CASE,
        "patient patients pt diagnosed admitted appointment prescribed referred claimant client borrower
        plaintiff defendant discharged discharge chart symptoms clinic hospital hospitalized biopsy surgery
        diagnosis prognosis complained complains presented presents medication dosage mrn dob ssn customer
        applicant petitioner respondent deponent debtor creditor mortgage loan allergic allergies lab labs
        consult consulted tested treated treating chemotherapy radiology insured policyholder beneficiary payee
        resides statement balance overdue results refund repayment arrears ward physio scan bloods referral
        policy lender underwriting affidavit counsel residence deposition testified custody settlement
        prescriber pharmacy pharmacist surgeon prescription dentist therapist cardiologist oncologist
        paediatrician pediatrician",
    ),
    (
        STATE,
        "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh
        ok or pa ri sc sd tn tx ut vt va wa wv wi wy dc pr",
    ),
    (
        NUMBER,
        "number numbers num no nr nbr id code nmbr nubmer numer nuber numbr nunber numero nummer",
    ),
    (PARTICLE, "van de von der la bin al el da dos del"),
    (
        UNIT,
        "apt suite ste unit apartment floor nw ne sw se n s e w north south east west fl rm",
    ),
    (SPAN, "and or days months weeks hours minutes to percent seconds day month ms mins"),
];
